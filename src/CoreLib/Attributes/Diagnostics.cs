namespace System.Diagnostics;

/// <summary>Calls vanish unless a symbol is defined.</summary>
[AttributeUsage(AttributeTargets.All, AllowMultiple = true)]
public sealed class ConditionalAttribute(string conditionString) : Attribute
{
    /// <summary>The argument.</summary>
    public string ConditionString { get; } = conditionString;
}
