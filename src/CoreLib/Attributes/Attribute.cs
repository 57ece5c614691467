namespace System;

/// <summary>Base of attributes.</summary>
public abstract class Attribute
{
}

/// <summary>Says where an attribute may stand.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class AttributeUsageAttribute(AttributeTargets validOn) : Attribute
{
    /// <summary>Where.</summary>
    public AttributeTargets ValidOn { get; } = validOn;

    /// <summary>More than once.</summary>
    public bool AllowMultiple { get; set; }

    /// <summary>Also on derived types.</summary>
    public bool Inherited { get; set; }
}

/// <summary>What an attribute may stand on.</summary>
[Flags]
public enum AttributeTargets
{
    /// <summary>Assembly.</summary>
    Assembly = 1,

    /// <summary>Module.</summary>
    Module = 2,

    /// <summary>Class.</summary>
    Class = 4,

    /// <summary>Struct.</summary>
    Struct = 8,

    /// <summary>Enum.</summary>
    Enum = 16,

    /// <summary>Constructor.</summary>
    Constructor = 32,

    /// <summary>Method.</summary>
    Method = 64,

    /// <summary>Property.</summary>
    Property = 128,

    /// <summary>Field.</summary>
    Field = 256,

    /// <summary>Event.</summary>
    Event = 512,

    /// <summary>Interface.</summary>
    Interface = 1024,

    /// <summary>Parameter.</summary>
    Parameter = 2048,

    /// <summary>Delegate.</summary>
    Delegate = 4096,

    /// <summary>ReturnValue.</summary>
    ReturnValue = 8192,

    /// <summary>GenericParameter.</summary>
    GenericParameter = 16384,

    /// <summary>All.</summary>
    All = 32767,
}

/// <summary>An enumeration of bits.</summary>
[AttributeUsage(AttributeTargets.Enum)]
public sealed class FlagsAttribute : Attribute
{
}

/// <summary>A params parameter.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class ParamArrayAttribute : Attribute
{
}

/// <summary>Not to be used.</summary>
[AttributeUsage(AttributeTargets.All)]
public sealed class ObsoleteAttribute(string? message, bool error) : Attribute
{
    /// <summary>The argument.</summary>
    public string? Message { get; } = message;

    /// <summary>The argument.</summary>
    public bool Error { get; } = error;
}

/// <summary>Not used here.</summary>
[AttributeUsage(AttributeTargets.All)]
public sealed class CLSCompliantAttribute(bool isCompliant) : Attribute
{
    /// <summary>The argument.</summary>
    public bool IsCompliant { get; } = isCompliant;
}
