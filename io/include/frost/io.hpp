#pragma once
#include <frost/io/keras.hpp>
#include <frost/io/model_file.hpp>
#include <frost/io/npy.hpp>
#include <frost/io/safetensors.hpp>
#include <frost/io/torch.hpp>
#include <frost/io/weights.hpp>
