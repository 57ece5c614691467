namespace System.Runtime.CompilerServices;

/// <summary>What the language asks for by name.</summary>
public static class RuntimeHelpers
{
    /// <summary>Constant data as a span; the compiler replaces the call.</summary>
    [Intrinsic]
    public static ReadOnlySpan<T> CreateSpan<T>(RuntimeFieldHandle fldHandle) => CreateSpan<T>(fldHandle);
}

/// <summary>Language features that this core library allows.</summary>
public static class RuntimeFeature
{
    /// <summary>Function pointers without a named calling convention.</summary>
    public const string UnmanagedSignatureCallingConvention = nameof(UnmanagedSignatureCallingConvention);

    /// <summary>Static abstract members.</summary>
    public const string VirtualStaticsInInterfaces = nameof(VirtualStaticsInInterfaces);

    /// <summary>Ref fields.</summary>
    public const string ByRefFields = nameof(ByRefFields);

    /// <summary>Ref structs as type arguments.</summary>
    public const string ByRefLikeGenerics = nameof(ByRefLikeGenerics);

    /// <summary>nint is IntPtr.</summary>
    public const string NumericIntPtr = nameof(NumericIntPtr);

    /// <summary>Interface methods with bodies.</summary>
    public const string DefaultImplementationsOfInterfaces = nameof(DefaultImplementationsOfInterfaces);
}
