#pragma once
#include <frost/autograd/make.hpp>

#include <xtensor/xadapt.hpp>
#include <xtensor/xarray.hpp>
#include <xtensor/xbuilder.hpp>
#include <xtensor/xio.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xnoalias.hpp>
#include <xtensor/xview.hpp>

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

// The only public header that includes xtensor: opt-in, for programs that use both.
namespace frost {

namespace detail {

// The tensor type that holds values of a C++ type: itself, or int64 for the other integers.
template <class V>
using Held64 = std::conditional_t<std::is_integral_v<V> && !std::is_same_v<V, bool>, std::int64_t, V>;

}  // namespace detail

/// The tensor's values as an xtensor expression, without a copy. It can be read only and keeps the values alive; a
/// later write to the tensor does not change it.
///
///     auto view = as_xtensor<float>(a);
///     Tensor b = from_xtensor(xt::sin(view) + 1.f);
///
/// Throws: ValueError if T is not the tensor's type.
template <class T>
auto as_xtensor(const Tensor& tensor) {
  const auto shown = std::make_shared<Tensor>(tensor.detach());
  const T* values = shown->data<T>().data();
  const std::vector<std::size_t> shape(shown->shape().begin(), shown->shape().end());
  return xt::adapt_smart_ptr<xt::layout_type::row_major>(std::move(values), shape, shown);
}

/// A tensor of the expression's shape and value type, evaluated now; integers become int64.
template <class E>
Tensor from_xtensor(const xt::xexpression<E>& expression) {
  using V = std::decay_t<typename E::value_type>;
  using T = detail::Held64<V>;
  const E& values = expression.derived_cast();
  const std::vector<std::size_t> shape(values.shape().begin(), values.shape().end());
  Tensor tensor = zeros(Shape(shape), {.dtype = dtype_of<T>::value});
  const std::span<T> to = tensor.mutable_data<T>();
  auto target = xt::adapt<xt::layout_type::row_major>(to.data(), to.size(), xt::no_ownership(), shape);
  xt::noalias(target) = values;
  return tensor;
}

}  // namespace frost
