#pragma once
#include <frost/io/safetensors.hpp>
#include <frost/io/weights.hpp>
