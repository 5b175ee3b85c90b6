#include <frost/autograd/given.hpp>
#include <frost/autograd/positional.hpp>

#include "check.hpp"
#include "class_name.hpp"

namespace frost::detail {

void fail_without_function(const char* what) { fail<ValueError>("{}: the function is empty", what); }

std::string text_of_option(std::int64_t value) { return fmt::format("{}", value); }
std::string text_of_option(double value) { return fmt::format("{}", value); }

namespace {

// The member that "… Field = &frost::DenseOptions::units; …" points to; g++ may write brackets around it.
std::string field_in(const std::string& signature) {
  const std::size_t from = signature.find("Field = "), end = signature.find_first_of(";,]", from);
  const std::string pointer = signature.substr(from, end - from);
  const std::string name = pointer.substr(pointer.rfind(':') + 1);
  return name.substr(0, name.find(')'));
}

}  // namespace

void fail_given_twice(const std::type_info& made, const char* signature, const std::string& in_front,
                      const std::string& among) {
  const std::string field = field_in(signature);
  fail<ValueError>("{}: '{}' is given twice; got {} in front and .{} = {} among the options; expected it once",
                   class_name(made), field, in_front, field, among);
}

}  // namespace frost::detail
