using System.Diagnostics;
#if FREESTANDING
using Internal.Runtime.CompilerHelpers;
#else
using Tierce.Kernel.Arch;
#endif

namespace Tierce.Kernel;

/// <summary>
/// States what must hold at a place, whatever callers and guests do. The hosted tests and a checked kernel (<c>-p:Checked=true</c>, which the
/// soak boots) look; from the kernel that is shipped the compiler leaves out the call and all that its argument would compute.
/// </summary>
public static class Invariant
{
    /// <summary>Stops the kernel if a statement does not hold; the backtrace names the place. The argument has no effects.</summary>
    [Conditional("CHECKED")]
    public static void Holds(bool statement)
    {
        if (!statement)
        {
#if FREESTANDING
            ThrowHelpers.Fail(FailReason.Invariant);
#else
            Machine.Panic("invariant"u8, 0);
#endif
        }
    }
}
