#pragma once
#include <string>

namespace frost::models {

/// Whether a path of names between slashes matches a pattern as a whole: `*` any text in one name, `**` any text, `**/`
/// any number of names, none included, `?` one character, `[a-z]` and `[!a-z]` one of a set, neither of them a slash.
bool matches_glob(const std::string& pattern, const std::string& path);
/// The pattern with `**` in the place of every `*`.
std::string across_levels(const std::string& pattern);

}  // namespace frost::models
