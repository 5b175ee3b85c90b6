#pragma once
#include <functional>
#include <string>

namespace frost::models {

/// Makes a file so that a stop at any moment leaves the old or the new one, whole: `make` writes one of a temporary
/// name, which is then synced and renamed. When anything fails, the temporary file is removed. Throws: FileError in the
/// name of `what`.
void replace_file(const char* what, const std::string& path, const std::function<void(const std::string&)>& make);
/// The same with this text.
void write_whole(const char* what, const std::string& path, const std::string& text);

}  // namespace frost::models
