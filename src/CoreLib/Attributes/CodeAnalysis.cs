namespace System.Diagnostics.CodeAnalysis;

/// <summary>Control does not come back.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class DoesNotReturnAttribute : Attribute
{
}

/// <summary>Not null when the method returns this.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class NotNullWhenAttribute(bool returnValue) : Attribute
{
    /// <summary>The argument.</summary>
    public bool ReturnValue { get; } = returnValue;
}

/// <summary>May be null when the method returns this.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class MaybeNullWhenAttribute(bool returnValue) : Attribute
{
    /// <summary>The argument.</summary>
    public bool ReturnValue { get; } = returnValue;
}

/// <summary>A reference to this may leave.</summary>
[AttributeUsage(AttributeTargets.All)]
public sealed class UnscopedRefAttribute : Attribute
{
}

/// <summary>Sets required members.</summary>
[AttributeUsage(AttributeTargets.Constructor)]
public sealed class SetsRequiredMembersAttribute : Attribute
{
}

/// <summary>Keeps an analyzer quiet, with a reason.</summary>
[AttributeUsage(AttributeTargets.All, AllowMultiple = true)]
[Conditional("CODE_ANALYSIS")]
public sealed class SuppressMessageAttribute(string category, string checkId) : Attribute
{
    /// <summary>Group of rules.</summary>
    public string Category { get; } = category;

    /// <summary>The rule.</summary>
    public string CheckId { get; } = checkId;

    /// <summary>Why.</summary>
    public string? Justification { get; set; }

    /// <summary>Namespace, type or member.</summary>
    public string? Scope { get; set; }

    /// <summary>On what.</summary>
    public string? Target { get; set; }
}
