#pragma once
#include <frost/autograd.hpp>

#include <iostream>
