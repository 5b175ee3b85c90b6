#include <frost/frost.hpp>

int main() { return 0; }
