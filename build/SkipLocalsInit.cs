// Part of every image. Zeroing locals costs time and, for large ones, SIMD registers that an image may not touch:
// a stackalloc buffer holds what was there before, unless the source clears it.
[module: System.Runtime.CompilerServices.SkipLocalsInit]
