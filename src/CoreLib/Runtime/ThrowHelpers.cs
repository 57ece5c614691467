using System.Diagnostics.CodeAnalysis;
using System.Runtime;
using System.Runtime.CompilerServices;

namespace Internal.Runtime.CompilerHelpers;

/// <summary>Which check failed: the argument of <c>tierce_fail</c>, which each image provides.</summary>
public enum FailReason
{
    /// <summary>An index outside its span.</summary>
    IndexRange = 1,

    /// <summary>An overflow in checked arithmetic.</summary>
    Overflow = 2,

    /// <summary>A null pointer or reference.</summary>
    Null = 3,

    /// <summary>A division by zero.</summary>
    DivideByZero = 4,

    /// <summary>An argument outside its range.</summary>
    ArgumentRange = 5,

    /// <summary>A <see cref="System.Nullable{T}"/> without a value.</summary>
    NoValue = 6,

    /// <summary>Something that the core library does not support.</summary>
    NotSupported = 7,

    /// <summary>Code that the compiler could not make sense of.</summary>
    InvalidProgram = 8,

    /// <summary>A buffer on the stack was overrun (raised by <c>X64/runtime.S</c>).</summary>
    StackOverrun = 9,

    /// <summary>A statement of the kernel that does not hold, where it checks them.</summary>
    Invariant = 10,
}

/// <summary>Where failed checks go. The compiler calls these by name.</summary>
public static class ThrowHelpers
{
    /// <summary>Ends the image's work: panic in the kernel, a fault message at user level.</summary>
    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Fail(FailReason reason)
    {
        TierceFail((int)reason);

        // Never reached. A method that ends so is known to the compiler as one that does not return,
        // which keeps checks out of the way of the code around them.
        throw null!;
    }

    private static void ThrowIndexOutOfRangeException() => Fail(FailReason.IndexRange);

    private static void ThrowOverflowException() => Fail(FailReason.Overflow);

    private static void ThrowNullReferenceException() => Fail(FailReason.Null);

    private static void ThrowDivideByZeroException() => Fail(FailReason.DivideByZero);

    private static void ThrowArgumentException() => Fail(FailReason.ArgumentRange);

    private static void ThrowArgumentOutOfRangeException() => Fail(FailReason.ArgumentRange);

    private static void ThrowPlatformNotSupportedException() => Fail(FailReason.NotSupported);

    private static void ThrowNotImplementedException() => Fail(FailReason.NotSupported);

    private static void ThrowInvalidProgramException() => Fail(FailReason.InvalidProgram);

    [RuntimeImport("*", "tierce_fail")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern void TierceFail(int reason);
}

/// <summary>The compiler looks it up by name.</summary>
internal static class StartupCodeHelpers
{
}
