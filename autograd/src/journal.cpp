#include "journal.hpp"

#include "check.hpp"
#include "node.hpp"

#include <frost/autograd/checkpoint.hpp>
#include <frost/autograd/trial_draws.hpp>

#include <algorithm>

namespace frost::detail {

namespace {

std::atomic<std::uint32_t> runs{0};

constexpr const char* must_repeat = "It must do the same both times.";

}  // namespace

Draw take_blocks(std::uint64_t key, std::uint64_t& position, std::uint64_t blocks) {
  if (TrialDraws* trial = thread_state().trial) [[unlikely]]
    if (const std::optional<std::uint64_t> from = trial->take(position, blocks)) return {key, *from, blocks};
  return {key, std::exchange(position, position + blocks), blocks};
}

Sight::Sight(const Tensor& t)
    : buffer_(impl(t)->buffer),
      data_(impl(t)->data),
      version_(impl(t)->buffer->version.load(std::memory_order_relaxed)),
      records_(detail::records(t)) {
  retain(buffer_);
}
Sight::Sight(Sight&& other) noexcept
    : times(other.times),
      values(std::move(other.values)),
      buffer_(std::exchange(other.buffer_, nullptr)),
      data_(other.data_),
      version_(other.version_),
      records_(other.records_) {}
Sight::~Sight() {
  if (buffer_) release(buffer_);
}

bool Sight::shows(const Tensor& t) const { return impl(t)->buffer == buffer_ && version_ == version_now(); }

Tensor Sight::old_values(const Tensor& leaf) const { return make_over(buffer_, data_, shape_of(leaf), leaf.dtype()); }

Journal::Journal(Record& record, Run run)
    : record_(record),
      outer_(thread_state().journal),
      is_again_(run == Run::again),
      dtype_(is_again_ ? record.dtype : frost::default_dtype()),
      run_(runs.fetch_add(1, std::memory_order_relaxed) + 1),
      outer_run_(thread_state().run) {
  for (std::size_t i = 0; i < record.leaves.size(); ++i) leaves_[impl(record.leaves[i].leaf)] = i;
  if (is_again_)
    places_.resize(record.leaves.size());
  else
    record.dtype = dtype_;
  thread_state().journal = this;
  thread_state().run = run_;
}
Journal::~Journal() {
  thread_state().journal = outer_;
  thread_state().run = outer_run_;
}

Draw Journal::draw(std::uint64_t key, std::uint64_t& position, std::uint64_t blocks) {
  if (is_again_) {
    const std::vector<Draw>& draws = record_.draws;
    expect<GraphError>(draws_ < draws.size() && draws[draws_].blocks == blocks,
                       "checkpoint: the function draws other random numbers in the backward pass; got draw {} of {} "
                       "blocks; expected {}. {}",
                       draws_, blocks,
                       draws_ < draws.size() ? fmt::format("{}", draws[draws_].blocks) : "no more draws", must_repeat);
    return draws[draws_++];
  }
  const Draw made = outer_ ? outer_->draw(key, position, blocks) : take_blocks(key, position, blocks);
  record_.draws.push_back(made);
  return made;
}

void Journal::set_default_dtype(DType dtype) {
  for (Journal* j = this; j; j = j->outer_) j->dtype_ = dtype;
}

bool Journal::decide(const void* flag, std::uint32_t made_in, bool now) {
  if (made_in >= run_) return now;  // the function's own
  if (!is_again_) {
    const bool made = outer_ ? outer_->decide(flag, made_in, now) : now;
    record_.decisions[flag].push_back(made);
    return made;
  }
  const auto found = record_.decisions.find(flag);
  if (found == record_.decisions.end()) return now;
  const std::vector<bool>& answers = found->second;
  return answers[std::min(decisions_[flag]++, answers.size() - 1)];
}

Record::OfLeaf* Journal::find(const TensorImpl* t) {
  const auto found = leaves_.find(t);
  return found == leaves_.end() ? nullptr : &record_.leaves[found->second];
}

Record::OfLeaf& Journal::find_or_add(const Tensor& t) {
  const auto [at, is_new] = leaves_.try_emplace(impl(t), record_.leaves.size());
  if (is_new) record_.leaves.push_back({t});
  return record_.leaves[at->second];
}

namespace {

// A handle of its own of what a tensor shows while another stands in for it.
Tensor shown_by(const Tensor& t) {
  Tensor shown = make_view(t, shape_of(t));
  TensorImpl *to = impl(shown), *from = impl(t);
  if (from->node) retain(from->node);
  to->node = from->node;
  to->output = from->output;
  to->flags = from->flags;
  return shown;
}

}  // namespace

Tensor Journal::read(const Tensor& t) {
  const Tensor seen = outer_ && outer_->is_outside(t) ? outer_->read(t) : t;
  if (is_again_) {
    Record::OfLeaf* noted = find(impl(t));
    return noted && !noted->sights.empty() ? repeated(*noted) : t;
  }
  Record::OfLeaf& noted = find_or_add(t);
  if (noted.sights.empty() || !noted.sights.back().shows(seen) || noted.sights.back().records() != records(seen))
    noted.sights.emplace_back(seen);
  Sight& sight = noted.sights.back();
  if (impl(seen)->flags & TensorImpl::stand_in && !sight.stand_in.present()) sight.stand_in = shown_by(seen);
  if (noted.is_written) sight.values = make_view(seen, shape_of(seen));
  ++sight.times;
  return seen;
}

// The k-th reading gets what the k-th reading got.
Tensor Journal::repeated(Record::OfLeaf& noted) {
  Place& place = places_[static_cast<std::size_t>(&noted - record_.leaves.data())];
  if (place.times == noted.sights[place.sight].times && place.sight + 1 < noted.sights.size())
    place = {.sight = place.sight + 1};
  ++place.times;
  const Sight& sight = noted.sights[place.sight];
  const Tensor& leaf = noted.leaf;
  if (sight.version() != sight.version_now())
    fail<GraphError>(
        "checkpoint: {} was assigned since the forward pass, which the backward pass has to repeat; it was at version "
        "{} and is now at version {}. Assign after the backward pass.",
        describe(leaf), sight.version(), sight.version_now());
  if (sight.stand_in.present()) return sight.stand_in;
  const bool is_thawed = records(leaf) && !sight.records();
  if (!is_thawed && sight.shows(leaf)) return leaf;
  const Tensor values = sight.old_values(leaf);
  return is_thawed ? values : at_leaf(leaf, values);
}

bool Journal::begin_write(TensorImpl* t) {
  for (const Journal* j = this; j; j = j->outer_)
    if (j->is_again_ && t->run < j->run_) return false;
  for (Journal* j = this; j; j = j->outer_) {
    if (j->is_again_ || t->run >= j->run_) continue;
    t->owners.fetch_add(1, std::memory_order_relaxed);
    const Tensor leaf = Access::take(t);
    Record::OfLeaf& noted = j->find_or_add(leaf);
    noted.is_written = true;
    // A second handle, so that the leaf takes a fresh buffer.
    if (!noted.sights.empty() && noted.sights.back().shows(leaf))
      noted.sights.back().values = make_view(leaf, shape_of(leaf));
  }
  return true;
}

Tensor& Journal::scratch(const Tensor& t) { return scratch_.emplace_back(t.detach().clone()); }

void Journal::expect_done() const {
  expect<GraphError>(draws_ == record_.draws.size(),
                     "checkpoint: the function draws other random numbers in the backward pass; got {} draws; expected "
                     "{}. {}",
                     draws_, record_.draws.size(), must_repeat);
}

bool is_checkpointed() { return thread_state().journal != nullptr; }

bool decided(const void* flag, std::uint32_t made_in, bool now) {
  Journal* journal = thread_state().journal;
  return journal ? journal->decide(flag, made_in, now) : now;
}

std::uint32_t current_run() { return thread_state().run; }

DoneOnce::DoneOnce(std::uint32_t made_in) : journal_(thread_state().journal), run_(thread_state().run) {
  if (!journal_) return;
  thread_state().journal = static_cast<Journal*>(journal_)->of_maker(made_in);
  thread_state().run = made_in;
}
DoneOnce::~DoneOnce() {
  thread_state().journal = static_cast<Journal*>(journal_);
  thread_state().run = run_;
}

}  // namespace frost::detail
