#pragma once
#include <cstddef>
#include <iosfwd>

namespace frost::models {

/// How many columns the terminal has that standard output goes to; 0 where that is none. COLUMNS overrules it.
std::size_t terminal_width();
/// The same of what a stream writes to, of which only standard output may be a terminal.
std::size_t terminal_width(const std::ostream& out);

}  // namespace frost::models
