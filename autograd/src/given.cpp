#include <frost/autograd/given.hpp>
#include <frost/autograd/positional.hpp>

#include "check.hpp"
#include "class_name.hpp"

namespace frost::detail {

void fail_without_function(const char* what) { fail<ValueError>("{}: the function is empty", what); }

std::string text_of_option(std::int64_t value) { return fmt::format("{}", value); }
std::string text_of_option(double value) { return fmt::format("{}", value); }

void fail_given_twice(const std::type_info& made, int place, const std::string& in_front, const std::string& among) {
  fail<ValueError>("{}: the {} argument is given twice; got {} in front and {} among the options; expected it once",
                   class_name(made), place == 1 ? "first" : "second", in_front, among);
}

}  // namespace frost::detail
