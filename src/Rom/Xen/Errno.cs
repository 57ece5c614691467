namespace Tierce.Rom.Xen;

/// <summary>Negative results of hypercalls (Xen's public errno.h).</summary>
internal static class Errno
{
    /// <summary>Not allowed to this guest.</summary>
    internal const long Permission = -1;

    /// <summary>No such virtual CPU or object.</summary>
    internal const long NoEntry = -2;

    /// <summary>No such domain.</summary>
    internal const long NoDomain = -3;

    /// <summary>More than the result can hold.</summary>
    internal const long TooMuch = -7;

    /// <summary>The caller names another version of the interface.</summary>
    internal const long Access = -13;

    /// <summary>An argument cannot be read, or a result not written.</summary>
    internal const long Fault = -14;

    /// <summary>In use.</summary>
    internal const long Busy = -16;

    /// <summary>Taken.</summary>
    internal const long Exists = -17;

    /// <summary>An argument makes no sense.</summary>
    internal const long Invalid = -22;

    /// <summary>No room left.</summary>
    internal const long NoSpace = -28;

    /// <summary>No such call.</summary>
    internal const long NoCall = -38;

    /// <summary>The deadline has passed.</summary>
    internal const long Time = -62;

    /// <summary>The call exists, but not here.</summary>
    internal const long NotSupported = -95;
}
