#pragma once
#include "drawing.hpp"
#include "record.hpp"

namespace pairs {

/// The drawing run with nothing clever: no cache, no checkpoint, no guard, no layer, no optimizer but formulas.
Record run_plainly(const Drawing& drawing);

}  // namespace pairs
