namespace Tierce.Monitor;

/// <summary>
/// The conversion of ticks to nanoseconds in Xen's <c>vcpu_time_info</c>: shift left by <see cref="Shift"/> (right if negative), then
/// multiply by a fraction of 32 bits.
/// </summary>
public readonly struct ClockScale
{
    /// <summary>Fraction, fixed point 0.32.</summary>
    public readonly uint Multiplier;

    /// <summary>Shift before it, -31 to 31.</summary>
    public readonly int Shift;

    private ClockScale(uint multiplier, int shift)
    {
        Multiplier = multiplier;
        Shift = shift;
    }

    /// <summary>For a counter with <paramref name="hertz"/> ticks a second (not 0).</summary>
    /// <remarks>As Xen does: bring the frequency into the range above 1 GHz up to 2 GHz, so that the fraction keeps 32 good bits.</remarks>
    public static ClockScale FromHertz(ulong hertz)
    {
        const ulong Nanoseconds = 1_000_000_000;
        int shift = 0;
        while (hertz > 2 * Nanoseconds)
        {
            hertz >>= 1;
            shift--;
        }

        while (hertz <= Nanoseconds)
        {
            hertz <<= 1;
            shift++;
        }

        return new ClockScale((uint)((Nanoseconds << 32) / hertz), shift);
    }

    /// <summary>Nanoseconds of that many ticks, as the guest computes them.</summary>
    public ulong Nanoseconds(ulong ticks)
    {
        ulong shifted = Shift < 0 ? ticks >> -Shift : ticks << Shift;

        // The 96-bit product, shifted right by 32.
        return ((shifted >> 32) * Multiplier) + (((shifted & uint.MaxValue) * Multiplier) >> 32);
    }
}
