#pragma once
#include <frost/layers/config.hpp>

#include <string>

namespace frost::io {

/// A JSON text as a Config. Throws: FileError, `path` in front, with the place, for text that is no JSON, a key that
/// stands twice in an object, more than 200 nested lists and objects, and numbers out of range.
Config parse_json(const std::string& path, const std::string& text);

/// A Config as JSON: numbers with all their digits; indented by two spaces a level, or on one line.
std::string to_json(const Config& config, bool indented = false);

}  // namespace frost::io
