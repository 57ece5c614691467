using System;

namespace Tierce.Abi;

/// <summary>Products and quotients of clocks whose intermediate results need more than 64 bits.</summary>
public static class Ratio
{
    /// <summary>value × factor ÷ divisor, rounded down; <see cref="ulong.MaxValue"/> if that is more than 64 bits, or the divisor is 0.</summary>
    public static ulong Scale(ulong value, ulong factor, ulong divisor)
    {
        ulong high = Math.BigMul(value, factor, out ulong low);
        if (high >= divisor)
        {
            return ulong.MaxValue;
        }

        // Long division, bit by bit, because freestanding images are not linked with a helper that divides 128 bits.
        ulong remainder = high;
        for (int i = 0; i < 64; i++)
        {
            bool carry = remainder >> 63 != 0;
            remainder = (remainder << 1) | (low >> 63);
            low <<= 1;
            if (carry || remainder >= divisor)
            {
                remainder = unchecked(remainder - divisor);
                low |= 1;
            }
        }

        return low;
    }
}
