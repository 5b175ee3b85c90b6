#include "case.hpp"

#include "compare.hpp"
#include "operations.hpp"

#include <frost/autograd.hpp>

#include <fstream>
#include <stdexcept>

namespace conformance {

using namespace frost;
using json = nlohmann::json;

namespace {

Key key(const json& value) { return value.is_null() ? Key{} : Key{value.get<std::string>()}; }

Key key_at(const json& item, const char* name) { return item.contains(name) ? key(item[name]) : Key{}; }

std::vector<Key> keys_at(const json& item, const char* name) {
  std::vector<Key> keys;
  if (item.contains(name) && !item[name].is_null())
    for (const json& value : item[name]) keys.push_back(key(value));
  return keys;
}

Case read_case(const json& item) {
  Case c;
  item.at("name").get_to(c.name);
  item.at("op").get_to(c.op);
  c.attrs = item.value("attrs", json::object());
  if (!c.attrs.is_object()) throw std::runtime_error("attrs is no object");
  item.at("inputs").get_to(c.inputs);
  item.at("diff").get_to(c.diff);
  item.at("output").get_to(c.output);
  c.grad_output = key_at(item, "grad_output");
  c.grads = keys_at(item, "grads");
  c.vs = keys_at(item, "vs");
  c.ggrads = keys_at(item, "ggrads");
  c.gg_grad_output = key_at(item, "gg_grad_output");
  const std::size_t n = c.inputs.size();
  const auto fits = [n](const std::vector<Key>& list) { return list.empty() || list.size() == n; };
  if (c.diff.size() != n || !fits(c.grads) || !fits(c.vs) || !fits(c.ggrads))
    throw std::runtime_error("'" + c.name + "': diff, grads, vs and ggrads must be as long as inputs");
  if (c.grad_output.has_value() == c.grads.empty() || c.vs.empty() != c.ggrads.empty() ||
      (c.grads.empty() && !c.vs.empty()))
    throw std::runtime_error("'" + c.name + "': grad_output goes with grads, vs with ggrads");
  return c;
}

// One case under way.
class Run {
 public:
  Run(const Case& c, const std::map<std::string, Tensor>& tensors) : c_(c), tensors_(tensors) {}

  std::vector<Problem> run() {
    try {
      run_value();
    } catch (const std::exception& error) {
      problems_.push_back({"exception", error.what()});
    }
    return std::move(problems_);
  }

 private:
  const Tensor& at(const std::string& key) const {
    const auto found = tensors_.find(key);
    if (found == tensors_.end()) throw std::runtime_error("the group's safetensors lack '" + key + "'");
    return found->second;
  }

  void run_value() {
    for (std::size_t i = 0; i < c_.inputs.size(); ++i) {
      inputs_.push_back(at(c_.inputs[i]).clone());
      if (c_.diff[i]) inputs_[i].set_requires_grad(true);
    }
    const Tensor output = [&] {
      KeepInputs guard;
      return run_operation(c_.op, c_.attrs, inputs_);
    }();
    const Tensor& reference = at(c_.output);
    check("output", output, reference, for_values);
    if (c_.grad_output && output.shape() == reference.shape()) run_gradients(output);
  }

  void run_gradients(const Tensor& output) {
    const Tensor grad_output = at(*c_.grad_output).clone();
    check_all("grads", gradients(output, inputs_, {.grad_output = grad_output, .retain_graph = true}), c_.grads, "");
    if (c_.vs.empty()) return;

    grad_output.set_requires_grad(true);
    const Tensors recorded = gradients(output, inputs_, {.grad_output = grad_output, .create_graph = true});
    check_all("grads", recorded, c_.grads, " under create_graph");
    Tensors towards = inputs_;
    towards.push_back(grad_output);
    Tensors second(towards.size());
    if (const Tensor h = projected(recorded); h.present() && h.requires_grad()) second = gradients(h, towards, {});
    if (c_.gg_grad_output)
      check("gg_grad_output", or_zeros(second.back(), grad_output), at(*c_.gg_grad_output), for_derivatives);
    second.pop_back();
    check_all("ggrads", second, c_.ggrads, "");
  }

  // The gradients by input, absent for those that need none.
  static Tensors gradients(const Tensor& of, const Tensors& inputs, GradOptions options) {
    Tensors wanted;
    for (const Tensor& x : inputs)
      if (x.requires_grad()) wanted.push_back(x);
    options.allow_unused = true;
    const Tensors found = grad(of, wanted, options);
    Tensors all;
    for (std::size_t i = 0, next = 0; i < inputs.size(); ++i)
      all.push_back(inputs[i].requires_grad() ? found.at(next++) : Tensor{});
    return all;
  }

  // h = Σᵢ ⟨vs[i], grads[i]⟩
  Tensor projected(const Tensors& grads) const {
    Tensor h;
    for (std::size_t i = 0; i < grads.size(); ++i) {
      if (!c_.vs[i] || !grads[i].present()) continue;
      const Tensor term = sum(at(*c_.vs[i]) * grads[i]);
      h = h.present() ? h + term : term;
    }
    return h;
  }

  static Tensor or_zeros(const Tensor& t, const Tensor& like) { return t.present() ? t : zeros_like(like); }

  void check(const std::string& quantity, const Tensor& ours, const Tensor& reference, Tolerance tolerance) {
    if (const auto text = mismatch(ours, reference, tolerance)) problems_.push_back({quantity, *text});
  }

  void check_all(const std::string& name, const Tensors& ours, const std::vector<Key>& keys, const char* how) {
    for (std::size_t i = 0; i < ours.size() && i < keys.size(); ++i) {
      const std::string quantity = name + '[' + std::to_string(i) + ']' + how;
      if (c_.diff[i])
        check(quantity, or_zeros(ours[i], inputs_[i]), keys[i] ? at(*keys[i]) : zeros_like(inputs_[i]),
              for_derivatives);
      else if (keys[i])
        problems_.push_back({quantity, "the reference is given for an input that is not differentiated"});
    }
  }

  const Case& c_;
  const std::map<std::string, Tensor>& tensors_;
  Tensors inputs_;
  std::vector<Problem> problems_;
};

}  // namespace

std::vector<Case> read_cases(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error(path + ": cannot be opened");
  std::vector<Case> cases;
  try {
    const json list = json::parse(in);
    if (!list.is_array()) throw std::runtime_error("expected a list of cases");
    for (const json& item : list) cases.push_back(read_case(item));
  } catch (const std::exception& error) {
    throw std::runtime_error(path + ": is no list of cases: " + error.what());
  }
  return cases;
}

std::vector<Problem> run(const Case& c, const std::map<std::string, Tensor>& tensors) { return Run(c, tensors).run(); }

}  // namespace conformance
