#pragma once
#include <frost/io/safetensors.hpp>
