#pragma once
#include "array.hpp"

#include <frost/autograd/error.hpp>

#include <fmt/format.h>

#include <string>

namespace frost::detail {

template <class E, class... A>
[[noreturn, gnu::cold, gnu::noinline]] void fail(fmt::format_string<A...> format, A&&... args) {
  throw E(fmt::format(format, std::forward<A>(args)...));
}

/// Throws an E with a formatted text unless the condition holds. Give shapes as text(…): they are formatted only then.
template <class E = ValueError, class... A>
inline void expect(bool holds, fmt::format_string<A...> format, A&&... args) {
  if (!holds) [[unlikely]]
    fail<E, A...>(format, std::forward<A>(args)...);
}

/// A shape on its way into a message.
struct ShapeText {
  const Shape* dims;
};
inline ShapeText text(const ShapeRef& shape) { return {&shape.dims()}; }
inline ShapeText text(const Shape& shape) { return {&shape}; }
inline ShapeText text(const Tensor& t) { return {t.present() ? &shape_of(t).dims() : nullptr}; }

/// A non-negative axis of a tensor of this rank. Throws: ShapeError, in the name of `op`, when it is out of range.
int normalize_axis(const char* op, std::int64_t axis, int rank);

/// Makes `a` what both sizes are, where one of them is unknown in an abstract pass. See Note [Abstract passes].
bool unify(std::int64_t& a, std::int64_t b);
/// Whether two sizes are the same, or may be: then `a` is what both are.
inline bool agree(std::int64_t& a, std::int64_t b) { return a == b || unify(a, b); }
/// Counts an operation on abstract tensors: its place in both passes.
void note_abstract_operation();
/// Whether an abstract pass is under way in which a tensor of this shape has no values until they are read: it is
/// large, or made of an unknown size.
bool is_put_off(const ShapeRef& shape);

/// The shape that two shapes broadcast to, as NumPy's rules have it.
ShapeRef broadcast_shapes(const char* op, const ShapeRef& a, const ShapeRef& b);

}  // namespace frost::detail

template <>
struct fmt::formatter<frost::detail::ShapeText> : fmt::formatter<std::string> {
  auto format(const frost::detail::ShapeText& shape, fmt::format_context& ctx) const {
    return fmt::formatter<std::string>::format(shape.dims ? frost::to_string(*shape.dims) : "absent", ctx);
  }
};
