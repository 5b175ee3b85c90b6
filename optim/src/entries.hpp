#pragma once
#include "rule.hpp"

namespace frost::optim {

extern const Entry adam, sgd;

/// Every optimizer of the library.
inline const Entry* const entries[] = {&adam, &sgd};

/// "'adam', 'sgd'": as `Optimizer` takes them.
std::string known_names();
std::string lower(const std::string& text);

}  // namespace frost::optim
