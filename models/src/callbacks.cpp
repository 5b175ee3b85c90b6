#include <frost/models/callbacks.hpp>

#include "improvement.hpp"

#include <frost/internal/regular_file.hpp>
#include <frost/models/model.hpp>
#include <frost/optim/optimizer.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <vector>

namespace frost {

using models::expect;

namespace {

void expect_a_number(const char* callback, const Model& model) {
  const Optimizer optimizer = model.optimizer();
  const bool scheduled = optimizer && optimizer.base().schedule();
  expect(!scheduled, "{}: the optimizer's learning rate is a schedule; got {}; expected a number, which can be set",
         callback, scheduled ? optimizer.base().schedule().base().type() : "");
}

class ReduceBase : public CallbackBase {
 public:
  explicit ReduceBase(const ReduceLROnPlateauOptions& o)
      : options_(o), improvement_("ReduceLROnPlateau", o.monitor, o.mode, o.min_delta) {
    expect(o.factor > 0 && o.factor < 1, "ReduceLROnPlateau: factor is out of range; got {}; expected between 0 and 1",
           o.factor);
    expect(o.patience >= 0 && o.cooldown >= 0 && o.min_lr >= 0,
           "ReduceLROnPlateau: got patience {}, cooldown {}, min_lr {}; expected numbers from 0", o.patience,
           o.cooldown, o.min_lr);
  }
  std::string monitored() const override { return options_.monitor; }
  void check_monitored() const override { improvement_.expect_known("ReduceLROnPlateau", options_.monitor); }
  void on_train_begin(Model& model) override {
    expect_a_number("ReduceLROnPlateau", model);
    improvement_.reset();
    waited_ = 0;
    cooling_ = 0;
  }
  void on_epoch_end(Model& model, int epoch, const Logs& logs) override {
    const auto found = logs.find(options_.monitor);
    if (found == logs.end()) return;
    if (cooling_ > 0) {
      --cooling_;
      waited_ = 0;
    }
    if (improvement_.note(found->second)) {
      waited_ = 0;
      return;
    }
    if (cooling_ > 0 || ++waited_ < options_.patience) return;
    const Optimizer optimizer = model.optimizer();
    const double before = optimizer.learning_rate();
    if (before <= options_.min_lr) return;
    const double now = std::max(before * options_.factor, options_.min_lr);
    optimizer.set_learning_rate(now);
    if (options_.verbose > 0) std::cout << "Epoch " << epoch + 1 << ": the learning rate is now " << now << std::endl;
    cooling_ = options_.cooldown;
    waited_ = 0;
  }

 private:
  ReduceLROnPlateauOptions options_;
  models::Improvement improvement_;
  int waited_ = 0;
  int cooling_ = 0;
};

class ScheduleBase : public CallbackBase {
 public:
  explicit ScheduleBase(std::function<double(int, double)> schedule) : schedule_(std::move(schedule)) {
    expect(static_cast<bool>(schedule_), "LearningRateScheduler: the function is absent");
  }
  void on_train_begin(Model& model) override { expect_a_number("LearningRateScheduler", model); }
  void on_epoch_begin(Model& model, int epoch) override {
    const Optimizer optimizer = model.optimizer();
    optimizer.set_learning_rate(schedule_(epoch, optimizer.learning_rate()));
  }

 private:
  std::function<double(int, double)> schedule_;
};

class CSVLoggerBase : public CallbackBase {
 public:
  CSVLoggerBase(const std::string& path, const CSVLoggerOptions& options) : path_(path), options_(options) {}

  void on_train_begin(Model&) override {
    detail::expect_replaceable("CSVLogger: '" + path_ + "'", path_);
    const bool goes_on = options_.append && std::ifstream(path_).peek() != std::ifstream::traits_type::eof();
    file_.open(path_, options_.append ? std::ios::app : std::ios::trunc);
    expect<FileError>(file_.is_open(), "CSVLogger: '{}' cannot be opened: {}", path_, std::strerror(errno));
    names_.clear();
    headed_ = goes_on;
  }
  void on_epoch_end(Model&, int epoch, const Logs& logs) override {
    if (names_.empty())
      for (const auto& entry : logs) names_.push_back(entry.first);
    if (!headed_) {
      file_ << "epoch";
      for (const std::string& name : names_) file_ << options_.separator << name;
      file_ << '\n';
      headed_ = true;
    }
    file_ << epoch;
    for (const std::string& name : names_) {
      const auto found = logs.find(name);
      file_ << options_.separator << (found == logs.end() ? std::string() : fmt::format("{}", found->second));
    }
    file_ << '\n' << std::flush;
    expect<FileError>(file_.good(), "CSVLogger: '{}' cannot be written: {}", path_, std::strerror(errno));
  }
  void on_train_end(Model&) override { file_.close(); }

 private:
  std::string path_;
  CSVLoggerOptions options_;
  std::ofstream file_;
  std::vector<std::string> names_;
  bool headed_ = false;
};

}  // namespace

ReduceLROnPlateau::ReduceLROnPlateau() : ReduceLROnPlateau(ReduceLROnPlateauOptions{}) {}
ReduceLROnPlateau::ReduceLROnPlateau(const ReduceLROnPlateauOptions& options)
    : Callback(detail::Ref<CallbackBase>(new ReduceBase(options))) {}

LearningRateScheduler::LearningRateScheduler(std::function<double(int epoch, double learning_rate)> schedule)
    : Callback(detail::Ref<CallbackBase>(new ScheduleBase(std::move(schedule)))) {}

CSVLogger::CSVLogger(const std::string& path, const CSVLoggerOptions& options)
    : Callback(detail::Ref<CallbackBase>(new CSVLoggerBase(path, options))) {}

}  // namespace frost
