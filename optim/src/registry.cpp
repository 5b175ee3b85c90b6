#include <frost/optim/registry.hpp>

#include "expect.hpp"

#include <frost/optim/adam.hpp>
#include <frost/optim/sgd.hpp>

#include <mutex>

namespace frost {

using optim::expect;

namespace {

using Options = std::map<std::string, double>;

// Reads options by name and knows which were not read.
class Reader {
 public:
  Reader(const char* type, const Options& options) : type_(type), left_(options) {}
  void operator()(const char* name, double& value) {
    const auto at = left_.find(name);
    if (at == left_.end()) return;
    value = at->second;
    left_.erase(at);
  }
  void operator()(const char* name, FirstOption<double>& value) {
    double number = value;
    (*this)(name, number);
    value = number;
  }
  void operator()(const char* name, bool& value) {
    double number = value;
    (*this)(name, number);
    value = number != 0;
  }
  template <class O>
  void common(O& o) {
    (*this)("learning_rate", o.learning_rate);
    (*this)("weight_decay", o.weight_decay);
    (*this)("clipnorm", o.clipnorm);
    (*this)("clipvalue", o.clipvalue);
    (*this)("global_clipnorm", o.global_clipnorm);
    expect(left_.empty(), "make_optimizer: {} has no option '{}'", type_, left_.empty() ? "" : left_.begin()->first);
  }

 private:
  const char* type_;
  Options left_;
};

Optimizer make_adam(const Options& options) {
  AdamOptions o;
  Reader read("Adam", options);
  read("beta_1", o.beta_1);
  read("beta_2", o.beta_2);
  read("epsilon", o.epsilon);
  read("amsgrad", o.amsgrad);
  read.common(o);
  return Adam(o);
}
Optimizer make_sgd(const Options& options) {
  SGDOptions o;
  Reader read("SGD", options);
  read("momentum", o.momentum);
  read("nesterov", o.nesterov);
  read.common(o);
  return SGD(o);
}

struct Registered {
  std::mutex mutex;
  std::map<std::string, Optimizer (*)(const Options&)> makers;
};
Registered& registered() {
  static Registered all;
  return all;
}

}  // namespace

Optimizer make_optimizer(const std::string& type, const Options& config) {
  if (type == "Adam") return make_adam(config);
  if (type == "SGD") return make_sgd(config);
  Optimizer (*make)(const Options&) = nullptr;
  {
    const std::lock_guard lock(registered().mutex);
    const auto at = registered().makers.find(type);
    expect(at != registered().makers.end(),
           "make_optimizer: the type '{}' is not known; expected Adam, SGD or one made known by register_optimizer",
           type);
    make = at->second;
  }
  return make(config);
}

void register_optimizer(const std::string& type, Optimizer (*make)(const Options&)) {
  expect(!type.empty() && make, "register_optimizer: got type '{}' and {} factory; expected both", type,
         make ? "a" : "no");
  expect(type != "Adam" && type != "SGD", "register_optimizer: '{}' is a built-in optimizer", type);
  const std::lock_guard lock(registered().mutex);
  registered().makers[type] = make;
}

}  // namespace frost
