#pragma once
#include "rule.hpp"

namespace frost::optim {

extern const Entry adadelta, adafactor, adagrad, adam, adamax, adamw, ftrl, lion, nadam, rmsprop, sgd;

/// Every optimizer of the library.
inline const Entry* const entries[] = {&adadelta, &adafactor, &adagrad, &adam,    &adamax, &adamw,
                                       &ftrl,     &lion,      &nadam,   &rmsprop, &sgd};

/// "'adam', 'sgd'": as `Optimizer` takes them.
std::string known_names();
std::string lower(const std::string& text);

}  // namespace frost::optim
