#pragma once
#include <frost/optim/adam.hpp>
#include <frost/optim/clip.hpp>
#include <frost/optim/optimizer.hpp>
#include <frost/optim/registry.hpp>
#include <frost/optim/sgd.hpp>
