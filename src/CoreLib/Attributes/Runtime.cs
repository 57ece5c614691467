namespace System.Runtime;

/// <summary>The method is known to assembly by this name (System V convention).</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RuntimeExportAttribute(string entryPoint) : Attribute
{
    /// <summary>The argument.</summary>
    public string EntryPoint { get; } = entryPoint;
}

/// <summary>The body is assembly, or an export, of this name.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RuntimeImportAttribute(string dllName, string entryPoint) : Attribute
{
    /// <summary>The argument.</summary>
    public string DllName { get; } = dllName;

    /// <summary>The argument.</summary>
    public string EntryPoint { get; } = entryPoint;
}
