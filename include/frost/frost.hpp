#pragma once
#include <frost/autograd.hpp>
#include <frost/data.hpp>
#include <frost/io.hpp>
#include <frost/layers.hpp>
#include <frost/models.hpp>
#include <frost/optim.hpp>

#include <iostream>
