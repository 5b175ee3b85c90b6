#pragma once
#include "array.hpp"

#include <cstdint>
#include <deque>
#include <unordered_map>
#include <utility>
#include <vector>

namespace frost::detail {

/// Blocks of random bits taken from a generator. Key and position alone say what they are.
struct Draw {
  std::uint64_t key, position, blocks;
};

/// Takes so many blocks from a generator, or, during a trial, leaves it where it is.
Draw take_blocks(std::uint64_t key, std::uint64_t& position, std::uint64_t blocks);

/// A leaf's values as they were read some times in a row. They are kept, but may be written over.
class Sight {
 public:
  explicit Sight(const Tensor& t);
  Sight(Sight&& other) noexcept;
  ~Sight();

  bool shows(const Tensor& t) const;
  std::uint32_t version() const { return version_; }
  bool records() const { return records_; }
  std::uint32_t version_now() const { return buffer_->version.load(std::memory_order_relaxed); }
  /// The values, when the leaf has taken a fresh buffer since.
  Tensor old_values(const Tensor& leaf) const;

  std::uint32_t times = 0;
  Tensor values = {};    // of a leaf that the function writes: a second handle, so that it takes a fresh buffer
  Tensor stand_in = {};  // what the leaf showed, on the tape, when that was not its own

 private:
  Buffer* buffer_;
  void* data_;
  std::uint32_t version_;
  bool records_;  // whether operations on it were
};

/// What a checkpoint's function met: random numbers, flags, and the values of leaves that are not its own.
struct Record {
  struct OfLeaf {
    Tensor leaf;
    std::vector<Sight> sights = {};
    bool is_written = false;  // by the function
  };
  std::vector<Draw> draws = {};
  std::unordered_map<const void*, std::vector<bool>> decisions = {};  // of each flag, in order
  DType dtype = DType::float32;                                       // the default one as the run began
  std::vector<OfLeaf> leaves = {};
};

/// Keeps the record of a function that runs for the first time, or has it meet the same when it runs again.
class Journal {
 public:
  enum class Run { first, again };
  Journal(Record& record, Run run);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  Draw draw(std::uint64_t key, std::uint64_t& position, std::uint64_t blocks);
  bool decide(const void* flag, std::uint32_t made_in, bool now);
  DType default_dtype() const { return dtype_; }
  void set_default_dtype(DType dtype);

  /// Whether a tensor may be a leaf from outside: what was made since the run began is the function's own.
  bool is_outside(const Tensor& t) const {
    const TensorImpl* p = impl(t);
    return (!p->node || (p->flags & TensorImpl::stand_in)) && p->run < run_ && p->buffer;
  }
  /// The tensor as the first run saw it. Throws: GraphError when its values are gone.
  Tensor read(const Tensor& t);
  /// To be called before a leaf is written. False: the first run wrote it, and the second does not.
  bool begin_write(TensorImpl* t);
  /// Memory for what the second run does not write to a leaf.
  Tensor& scratch(const Tensor& t);

  /// The innermost journal of a run that made an object; null when none did.
  Journal* of_maker(std::uint32_t made_in) {
    return made_in >= run_ ? this : outer_ ? outer_->of_maker(made_in) : nullptr;
  }

  /// Throws: GraphError unless the second run met all that the first did.
  void expect_done() const;

 private:
  struct Place {  // in a leaf's sights
    std::size_t sight = 0;
    std::uint32_t times = 0;
  };
  Record::OfLeaf* find(const TensorImpl* t);
  Record::OfLeaf& find_or_add(const Tensor& t);
  Tensor repeated(Record::OfLeaf& noted);

  Record& record_;
  Journal* outer_;
  bool is_again_;
  DType dtype_;
  std::uint32_t run_, outer_run_;
  std::size_t draws_ = 0;
  std::unordered_map<const void*, std::size_t> decisions_;  // how often each flag was asked for
  std::unordered_map<const TensorImpl*, std::size_t> leaves_;
  std::vector<Place> places_;
  std::deque<Tensor> scratch_;
};

/// The tensor as a checkpoint's function saw it first; elsewhere the tensor.
inline Tensor as_seen_first(const Tensor& t) {
  Journal* journal = thread_state().journal;
  return journal && t.present() && journal->is_outside(t) ? journal->read(t) : t;
}

}  // namespace frost::detail
