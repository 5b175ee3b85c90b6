#include "elementwise.hpp"

#include <algorithm>
#include <string>
#include <string_view>

// Sums of products over named axes, made of transposes, reshapes and products.
namespace frost {

using namespace detail;

namespace {

using Sizes = std::vector<std::int64_t>;

bool has(std::string_view letters, char letter) { return letters.find(letter) != std::string_view::npos; }

// A tensor with one letter an axis.
struct Named {
  Tensor value;
  std::string letters;

  std::int64_t size(char letter) const { return shape_of(value)[static_cast<int>(letters.find(letter))]; }
};

// The axes in the order of `letters`, which names all of them.
Named arranged(const Named& x, const std::string& letters) {
  if (x.letters == letters) return x;
  Sizes order;
  for (const char letter : letters) order.push_back(static_cast<std::int64_t>(x.letters.find(letter)));
  return {transpose(x.value, Axes(std::move(order))), letters};
}

// The diagonal of the axes that share a letter, until none do.
Named diagonals(Named x) {
  for (std::size_t i = 0; i < x.letters.size(); ++i) {
    const std::size_t twin = x.letters.find(x.letters[i], i + 1);
    if (twin == std::string::npos) continue;
    Sizes order = {static_cast<std::int64_t>(i), static_cast<std::int64_t>(twin)};
    std::string letters(1, x.letters[i]);
    Shape rest;
    for (std::size_t k = 0; k < x.letters.size(); ++k) {
      if (k == i || k == twin) continue;
      order.push_back(static_cast<std::int64_t>(k));
      letters.push_back(x.letters[k]);
      rest.push_back(shape_of(x.value)[static_cast<int>(k)]);
    }
    const std::int64_t n = shape_of(x.value)[static_cast<int>(i)];
    rest.insert(rest.begin(), n * n);
    // Every (n + 1)-th of the n·n entries of both axes.
    const Tensor pairs = reshape(transpose(x.value, Axes(std::move(order))), rest);
    return diagonals({pairs.slice(0, 0, n * n, n + 1), std::move(letters)});
  }
  return x;
}

// Sums over the letters that are not in `kept`.
Named summed(const Named& x, std::string_view kept) {
  Sizes axes;
  std::string letters;
  for (std::size_t i = 0; i < x.letters.size(); ++i)
    if (has(kept, x.letters[i]))
      letters.push_back(x.letters[i]);
    else
      axes.push_back(static_cast<std::int64_t>(i));
  if (axes.empty()) return x;
  return {sum(x.value, Axes(std::move(axes))), std::move(letters)};
}

// Appends the sizes of some letters and returns their product.
std::int64_t append_sizes(const Named& x, std::string_view letters, Shape& shape) {
  std::int64_t count = 1;
  for (const char letter : letters) {
    shape.push_back(x.size(letter));
    count *= shape.back();
  }
  return count;
}

// The product, summed over the letters of both that are not in `kept`. Letters of one alone are all kept.
Named contract(const Named& a, const Named& b, std::string_view kept) {
  std::string batch, summed_over, free_a, free_b;
  for (const char letter : a.letters) {
    if (!has(b.letters, letter))
      free_a.push_back(letter);
    else if (has(kept, letter))
      batch.push_back(letter);
    else
      summed_over.push_back(letter);
  }
  for (const char letter : b.letters)
    if (!has(a.letters, letter)) free_b.push_back(letter);

  Shape shape, unused;
  const std::int64_t count = append_sizes(a, batch, shape), rows = append_sizes(a, free_a, shape),
                     columns = append_sizes(b, free_b, shape), inner = append_sizes(a, summed_over, unused);
  const std::string letters = batch + free_a + free_b;
  if (summed_over.empty()) {
    const Tensor left = reshape(arranged(a, batch + free_a).value, {count, rows, 1});
    const Tensor right = reshape(arranged(b, batch + free_b).value, {count, 1, columns});
    return {reshape(left * right, shape), letters};
  }
  if (!is_floating(a.value.dtype())) {  // no matrix product for integers
    const Tensor left = reshape(arranged(a, batch + free_a + summed_over).value, {count, rows, 1, inner});
    const Tensor right = reshape(arranged(b, batch + free_b + summed_over).value, {count, 1, columns, inner});
    return {reshape(sum(left * right, -1), shape), letters};
  }
  // Where an operand lies the other way round, the product reads it transposed.
  const bool transpose_a = a.letters == batch + summed_over + free_a && !free_a.empty();
  const bool transpose_b = b.letters == batch + free_b + summed_over && !free_b.empty();
  const Named left = transpose_a ? a : arranged(a, batch + free_a + summed_over);
  const Named right = transpose_b ? b : arranged(b, batch + summed_over + free_b);
  const auto matrix = [&](const Tensor& x, std::int64_t m, std::int64_t n) {
    return batch.empty() ? reshape(x, {m, n}) : reshape(x, {count, m, n});
  };
  const Tensor product = matmul(transpose_a ? matrix(left.value, inner, rows) : matrix(left.value, rows, inner),
                                transpose_b ? matrix(right.value, columns, inner) : matrix(right.value, inner, columns),
                                {.transpose_a = transpose_a, .transpose_b = transpose_b});
  return {reshape(product, shape), letters};
}

// ------------------------------------------------------------------------------------------------------- the equation

struct Equation {
  std::vector<std::string> operands;
  std::string output;
};

constexpr char ellipsis = '.';  // stands for it until the ranks are known

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Appends the letters of one operand or of the output, the ellipsis as one character.
void append_letters(const std::string& text, std::string_view part, const char* where, std::string& letters) {
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (part.substr(i, 3) == "...") {
      expect(!has(letters, ellipsis), "einsum: '{}' has ... twice in {}", text, where);
      letters.push_back(ellipsis);
      i += 2;
      continue;
    }
    expect(is_letter(part[i]), "einsum: '{}' has '{}' in {}; expected letters, commas, ... and one ->", text, part[i],
           where);
    letters.push_back(part[i]);
  }
}

// Gives the axes of each ellipsis the letters 1, 2, …, the last axes the same ones in all operands.
void expand_ellipses(const Tensors& xs, const std::string& text, Equation& e) {
  const auto covered = [&](std::size_t i) -> std::int64_t {
    if (!has(e.operands[i], ellipsis)) return 0;
    const auto named = static_cast<std::int64_t>(e.operands[i].size()) - 1;
    const std::int64_t rank = shape_of(xs[i]).rank();
    expect<ShapeError>(rank >= named && rank - named < ' ',
                       "einsum: '{}' names {} axes of operand {} beside ...; got shape {}", text, named, i,
                       detail::text(xs[i]));
    return rank - named;
  };
  std::int64_t width = 0;
  for (std::size_t i = 0; i < xs.size(); ++i) width = std::max(width, covered(i));
  const auto expand = [&](std::string& letters, std::int64_t count) {
    const std::size_t at = letters.find(ellipsis);
    if (at == std::string::npos) return;
    std::string axes;
    for (std::int64_t k = width - count; k < width; ++k) axes.push_back(static_cast<char>(k + 1));
    letters.replace(at, 1, axes);
  };
  for (std::size_t i = 0; i < xs.size(); ++i) expand(e.operands[i], covered(i));
  expand(e.output, width);
}

// How often each character stands in a text.
class Counts {
 public:
  void add(std::string_view letters) { change(letters, 1); }
  void remove(std::string_view letters) { change(letters, -1); }
  std::int64_t operator[](char letter) const { return counts_[static_cast<unsigned char>(letter)]; }
  /// Those that do, in the order of their codes.
  std::string letters() const {
    std::string found;
    for (int c = 0; c < 256; ++c)
      if (counts_[c] > 0) found.push_back(static_cast<char>(c));
    return found;
  }

 private:
  void change(std::string_view letters, std::int64_t by) {
    for (const char letter : letters) counts_[static_cast<unsigned char>(letter)] += by;
  }

  std::int64_t counts_[256] = {};
};

// An equation as messages show it.
std::string shortened(const std::string& equation) {
  constexpr std::size_t most = 200;
  return equation.size() <= most ? equation : equation.substr(0, most) + "…";
}

Equation read_equation(const std::string& equation, const std::string& text, const Tensors& xs) {
  Equation e;
  std::string rest;
  std::copy_if(equation.begin(), equation.end(), std::back_inserter(rest), [](char c) { return c != ' '; });
  const std::size_t arrow = rest.find("->");
  const std::string output = arrow == std::string::npos ? "" : rest.substr(arrow + 2);
  if (arrow != std::string::npos) rest.resize(arrow);
  for (std::size_t begin = 0, end = 0; end != std::string::npos; begin = end + 1) {
    end = rest.find(',', begin);
    e.operands.emplace_back();
    append_letters(text, std::string_view(rest).substr(begin, end == std::string::npos ? end : end - begin),
                   "an operand", e.operands.back());
  }
  expect(xs.size() == e.operands.size(), "einsum: '{}' names {} operands; got {}", text, e.operands.size(), xs.size());
  for (std::size_t i = 0; i < xs.size(); ++i) expect(xs[i].present(), "einsum: operand {} is absent", i);

  Counts all;
  for (const std::string& operand : e.operands) all.add(operand);
  if (arrow == std::string::npos) {
    for (const char c : all.letters())
      if (c == ellipsis || all[c] == 1) e.output.push_back(c);  // the ellipsis comes before letters
  } else {
    append_letters(text, output, "the output", e.output);
    Counts named;
    named.add(e.output);
    for (const char c : e.output) {
      expect(c == ellipsis || all[c] > 0, "einsum: '{}' has '{}' in the output and in no operand", text, c);
      expect(named[c] == 1, "einsum: '{}' has '{}' twice in the output", text, c);
    }
  }
  expand_ellipses(xs, text, e);
  return e;
}

// An operand whose unknown sizes are those that other operands have.
Named with_sizes(const Named& x, const std::int64_t* sizes) {
  if (!is_abstract(x.value)) return x;
  Shape shape = shape_of(x.value).dims();
  for (std::size_t k = 0; k < shape.size(); ++k)
    if (shape[k] != 1) shape[k] = sizes[static_cast<unsigned char>(x.letters[k])];
  return {make_abstract(make_shape(shape), x.value.dtype()), x.letters};
}

// The operands with one letter an axis each. An axis of size 1 beside a larger one repeats, so that it may be left out.
std::vector<Named> read_operands(const Tensors& xs, const Equation& e, const std::string& equation) {
  std::vector<Named> operands;
  std::int64_t sizes[128];
  std::fill_n(sizes, 128, std::int64_t{1});
  for (std::size_t i = 0; i < xs.size(); ++i) {
    expect_same_dtype("einsum", xs[0], xs[i]);
    const ShapeRef& shape = shape_of(xs[i]);
    const std::string& letters = e.operands[i];
    expect<ShapeError>(static_cast<std::size_t>(shape.rank()) == letters.size(),
                       "einsum: '{}' names {} axes of operand {}; got shape {}", equation, letters.size(), i,
                       text(shape));
    for (std::size_t k = 0; k < letters.size(); ++k) {
      const std::int64_t n = shape[static_cast<int>(k)];
      std::int64_t& size = sizes[static_cast<unsigned char>(letters[k])];
      const std::size_t first = letters.find(letters[k]);
      expect<ShapeError>((size == 1 || n == 1 || agree(size, n)) && shape[static_cast<int>(first)] == n,
                         "einsum: '{}' in '{}' has two sizes; got {} and, in operand {} of shape {}, {}",
                         is_letter(letters[k]) ? std::string(1, letters[k]) : "...", equation,
                         first < k ? shape[static_cast<int>(first)] : size, i, text(shape), n);
      if (size == 1) size = n;
    }
    operands.push_back({xs[i], letters});
  }
  for (Named& x : operands) {
    x = diagonals(with_sizes(x, sizes));
    Shape shape;
    std::string letters;
    for (const char letter : x.letters)
      if (x.size(letter) == sizes[static_cast<unsigned char>(letter)]) {
        shape.push_back(x.size(letter));
        letters.push_back(letter);
      }
    if (letters.size() < x.letters.size()) x = {reshape(x.value, shape), letters};
  }
  return operands;
}

}  // namespace

Tensor outer(const Tensor& a, const Tensor& b) {
  expect(a.present() && b.present(), "outer: a tensor is absent");
  expect_same_dtype("outer", a, b);
  const Tensor column = reshape(a, {shape_of(a).count(), 1}), row = reshape(b, {1, shape_of(b).count()});
  return is_floating(a.dtype()) ? matmul(column, row) : column * row;
}

Tensor einsum(const Tensors& xs, const std::string& equation) {
  const std::string shown = shortened(equation);
  const Equation e = read_equation(equation, shown, xs);
  const std::vector<Named> operands = read_operands(xs, e, shown);
  Counts still_needed;
  still_needed.add(e.output);
  for (const Named& x : operands) still_needed.add(x.letters);
  Named result;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    still_needed.remove(operands[i].letters);
    const std::string later = still_needed.letters();
    if (i == 0) {
      result = summed(operands[0], later);
      continue;
    }
    const Named next = summed(operands[i], later + result.letters);
    result = contract(result, next, later);
    result = summed(result, later);
  }
  return arranged(result, e.output).value;
}

Tensor tensordot(const Tensor& a, const Tensor& b, const TensordotOptions& options) {
  expect(a.present() && b.present(), "tensordot: a tensor is absent");
  expect_same_dtype("tensordot", a, b);
  expect(options.axes.empty() || options.axes.size() == 2,
         "tensordot: got {} lists of axes; expected two, of a and of b", options.axes.size());
  const int rank_a = shape_of(a).rank(), rank_b = shape_of(b).rank();
  expect<ShapeError>(rank_a <= 32 && rank_b <= 32, "tensordot: too many axes; got {} and {}; expected 32 or fewer",
                     rank_a, rank_b);
  const Sizes of_a = options.axes.empty() ? Sizes{-2, -1} : options.axes[0];
  const Sizes of_b = options.axes.empty() ? Sizes{0, 1} : options.axes[1];
  expect(of_a.size() == of_b.size(), "tensordot: got {} axes of a and {} of b; expected pairs", of_a.size(),
         of_b.size());
  // Axis i of a is the letter i + 1; axis i of b has the letter of its partner, or 64 + i.
  Named left{a, std::string(static_cast<std::size_t>(rank_a), '\0')};
  Named right{b, std::string(static_cast<std::size_t>(rank_b), '\0')};
  for (std::size_t i = 0; i < left.letters.size(); ++i) left.letters[i] = static_cast<char>(i + 1);
  for (std::size_t i = 0; i < right.letters.size(); ++i) right.letters[i] = static_cast<char>(64 + i);
  std::string paired;
  for (std::size_t i = 0; i < of_a.size(); ++i) {
    const int at_a = normalize_axis("tensordot", of_a[i], rank_a), at_b = normalize_axis("tensordot", of_b[i], rank_b);
    expect<ShapeError>(shape_of(a)[at_a] == shape_of(b)[at_b],
                       "tensordot: axis {} of a and axis {} of b differ; got shapes {} and {}", of_a[i], of_b[i],
                       text(a), text(b));
    char& letter = right.letters[static_cast<std::size_t>(at_b)];
    expect(letter >= 64 && !has(paired, static_cast<char>(at_a + 1)), "tensordot: axis {} of {} is named twice",
           letter < 64 ? of_b[i] : of_a[i], letter < 64 ? "b" : "a");
    letter = static_cast<char>(at_a + 1);
    paired.push_back(letter);
  }
  std::string kept;
  for (const Named* x : {&left, &right})
    for (const char letter : x->letters)
      if (!has(paired, letter)) kept.push_back(letter);
  return contract(left, right, kept).value;
}

}  // namespace frost
