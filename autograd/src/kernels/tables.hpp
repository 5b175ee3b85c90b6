#pragma once

/// The tables of a family of kernels, one a level: to declare them, and to choose among them by at_level.
#ifdef __aarch64__
#define FROST_TABLES(prefix) prefix##neon
#else
#define FROST_TABLES(prefix) prefix##sse2, prefix##avx2, prefix##avx512
#endif
