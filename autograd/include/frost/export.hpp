#pragma once

/// FROST_API marks what libfrost.so shows to its users; everything else in it is hidden. Empty in the static library.
#if defined(FROST_STATIC)
#define FROST_API
#else
#define FROST_API __attribute__((visibility("default")))
#endif
