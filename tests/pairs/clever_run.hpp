#pragma once
#include "drawing.hpp"
#include "record.hpp"

namespace pairs {

/// The drawing run with all that Frost offers: fit with its cache, checkpoints, guards, files.
Record run_cleverly(const Drawing& drawing);

}  // namespace pairs
