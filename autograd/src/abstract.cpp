#include <frost/autograd/abstract.hpp>

#include "array.hpp"
#include "check.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace frost {

namespace detail {

/// Pairs of sizes that disagree, by the place in a pass where they were met.
struct SizePairs {
  struct Pair {
    std::int64_t sizes[2][2] = {};  // of the two, in each pass
    bool met[2] = {};
    int taken = 0;  // which of the two
    bool is_found = false;

    std::int64_t change(int which) const { return sizes[which][1] - sizes[which][0]; }
    // Of two sizes that are unknown, whether they meet as the unknown number shrinks from that of the first pass to 0,
    // or grows: lines that cross.
    bool may_meet() const {
      const auto apart = static_cast<double>(sizes[1][0] - sizes[0][0]),
                 closer = static_cast<double>(change(0) - change(1));
      return closer != 0 && apart / closer > -1;
    }
  };

  int pass = 0;
  std::int64_t unknown = 0;
  std::int64_t operations = 0, disagreements = 0;  // so far in this pass, of the last operation
  std::map<std::pair<std::int64_t, std::int64_t>, Pair> pairs;
  bool revised = false;

  // Sizes that disagree in the first pass alone: the unknown one has grown to the known one, which is the larger.
  void find_agreed() {
    for (auto& [place, pair] : pairs) {
      if (!pair.met[0] || pair.met[1] || pair.is_found) continue;
      const int larger = pair.sizes[0][0] < pair.sizes[1][0] ? 1 : 0;
      revised |= larger != pair.taken;
      pair.taken = larger;
      pair.is_found = true;
    }
  }
  void begin(int number, std::int64_t size) {
    pass = number;
    unknown = size;
    operations = disagreements = 0;
  }
};

void note_abstract_operation() {
  if (SizePairs* under_way = thread_state().passes) {
    ++under_way->operations;
    under_way->disagreements = 0;
  }
}

bool unify(std::int64_t& a, std::int64_t b) {
  SizePairs* under_way = thread_state().passes;
  if (!under_way) return false;
  SizePairs::Pair& pair = under_way->pairs[{under_way->operations, under_way->disagreements++}];
  const int pass = under_way->pass;
  pair.sizes[0][pass] = a;
  pair.sizes[1][pass] = b;
  pair.met[pass] = true;
  int taken = a < b ? 0 : 1;  // a guess: what stands for an unknown size is large
  if (pair.met[1 - pass]) {
    if (pair.change(0) == 0 && pair.change(1) == 0) return false;
    if (pair.change(0) != 0 && pair.change(1) != 0 && !pair.may_meet()) return false;
    taken = pair.change(0) != 0 && pair.change(1) == 0 ? 1 : 0;
    if (taken != pair.taken) under_way->revised = true;
  } else if (pair.is_found) {
    taken = pair.taken;
  }
  pair.taken = taken;
  if (taken == 1) a = b;
  return true;
}

bool is_put_off(const ShapeRef& shape) {
  constexpr std::int64_t large = std::int64_t{1} << 20;
  const SizePairs* under_way = thread_state().passes;
  if (!under_way) return false;
  const auto is_unknown = [&](std::int64_t size) { return size > 0 && size % under_way->unknown == 0; };
  return shape.count() > large || std::any_of(shape.dims().begin(), shape.dims().end(), is_unknown);
}

std::int64_t unknown_size() {
  const SizePairs* under_way = thread_state().passes;
  return under_way ? under_way->unknown : 0;
}

bool sizes_agree(std::int64_t a, std::int64_t b) { return agree(a, b); }

OutsidePasses::OutsidePasses() : before_(std::exchange(thread_state().passes, nullptr)) {}
OutsidePasses::~OutsidePasses() { thread_state().passes = before_; }

void AbstractPasses::run(const std::function<void(int)>& pass) {
  SizePairs pairs;
  const OutsidePasses restore;
  thread_state().passes = &pairs;
  const auto call = [&](int number) {
    pairs.begin(number, sizes_[number]);
    pass(number);
  };
  other_error_.clear();
  for (int round = 0; round < 8; ++round) {
    pairs.revised = false;
    for (const int number : {0, 1}) {
      try {
        call(number);
      } catch (const Error&) {
        try {
          call(1 - number);
        } catch (const Error& other) {
          other_error_ = other.what();
        }
        throw;
      }
    }
    pairs.find_agreed();
    if (!pairs.revised) return;
  }
}

namespace {

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

// A text cut into numbers and what stands between them.
std::vector<std::string> pieces_of(const std::string& text) {
  std::vector<std::string> pieces;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == 0 || is_digit(text[i]) != is_digit(text[i - 1])) pieces.emplace_back();
    pieces.back().push_back(text[i]);
  }
  return pieces;
}

}  // namespace

std::string AbstractPasses::without_unknown_sizes(const std::string& text) const {
  const std::vector<std::string> pieces = pieces_of(text), twins = pieces_of(other_error_);
  const auto says_the_same = [](const std::string& a, const std::string& b) {
    return is_digit(a[0]) ? is_digit(b[0]) : a == b;
  };
  const bool comparable = std::equal(pieces.begin(), pieces.end(), twins.begin(), twins.end(), says_the_same);
  std::string found;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const bool is_unknown = comparable
                                ? pieces[i] != twins[i]
                                : pieces[i] == std::to_string(sizes_[0]) || pieces[i] == std::to_string(sizes_[1]);
    found += is_unknown ? "None" : pieces[i];
  }
  return found;
}

}  // namespace detail

Tensor abstract_tensor(const Shape& shape, DType dtype) {
  return detail::make_abstract(detail::make_shape(shape), dtype);
}

bool has_values(const Tensor& tensor) { return tensor.present() && !detail::is_abstract(tensor); }

}  // namespace frost
