using Internal.Runtime.CompilerHelpers;

namespace System;

/// <summary>A value or none.</summary>
public struct Nullable<T>
    where T : struct
{
    private readonly bool hasValue;
    private readonly T value;

    /// <summary>Wraps a value.</summary>
    public Nullable(T value)
    {
        this.value = value;
        hasValue = true;
    }

    /// <summary>True if there is a value.</summary>
    public readonly bool HasValue => hasValue;

    /// <summary>The value; a failed check if there is none.</summary>
    public readonly T Value
    {
        get
        {
            if (!hasValue)
            {
                ThrowHelpers.Fail(FailReason.NoValue);
            }

            return value;
        }
    }

    /// <summary>The value, or all zeros.</summary>
    public readonly T GetValueOrDefault() => value;

    /// <summary>The value, or the other one.</summary>
    public readonly T GetValueOrDefault(T defaultValue) => hasValue ? value : defaultValue;

    /// <summary>Wraps a value.</summary>
    public static implicit operator Nullable<T>(T value) => new Nullable<T>(value);

    /// <summary>Unwraps a value; a failed check if there is none.</summary>
    public static explicit operator T(Nullable<T> value) => value!.Value;
}
