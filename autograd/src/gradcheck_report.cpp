#include <frost/autograd/gradcheck.hpp>

#include "check.hpp"

#include <ostream>

namespace frost {

namespace {

constexpr std::size_t shown = 20;

std::string bracketed(const Shape& index) {
  std::string text;
  for (const std::int64_t i : index) text += (text.empty() ? "" : ", ") + std::to_string(i);
  return index.empty() ? text : '[' + text + ']';
}

template <class List, class Print>
void print_first(std::ostream& out, const List& list, const Print& print) {
  for (std::size_t i = 0; i < list.size() && i < shown; ++i) print(list[i]);
  if (list.size() > shown) out << "  … and " << list.size() - shown << " more\n";
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const GradcheckReport& report) {
  out << "gradcheck: ";
  if (report.ok())
    out << "passed";
  else
    out << report.failures.size() << (report.failures.size() == 1 ? " failure" : " failures");
  out << ", " << report.compared << " compared";
  if (!report.patterns.empty())
    out << fmt::format(", {} of {:.0f} freeze patterns", report.patterns.size(), report.possible_patterns);
  out << '\n';
  for (const std::string& note : report.notes) out << "  note: " << note << '\n';
  print_first(out, report.failures, [&](const GradcheckFailure& f) {
    out << "  " << f.message;
    if (f.input >= 0) {
      out << fmt::format(": d {}{} / d {}{}: analytic {:.9g}, numeric {:.9g}, absolute error {:.3g}, relative {:.3g}",
                         f.output_name, bracketed(f.output_index), f.input_name, bracketed(f.index), f.analytic,
                         f.numeric, f.abs_error, f.rel_error);
    }
    out << '\n';
  });
  if (report.non_differentiable.empty()) return out;
  const std::size_t kinks = report.non_differentiable.size();
  out << "  not differentiable at " << kinks << (kinks == 1 ? " entry\n" : " entries\n");
  print_first(out, report.non_differentiable, [&](const GradcheckKink& k) {
    out << fmt::format("    d output {} / d {}{}: analytic {:.9g}, from the left {:.9g}, from the right {:.9g}\n",
                       k.output, k.input_name, bracketed(k.index), k.analytic, k.left, k.right);
  });
  return out;
}

}  // namespace frost
