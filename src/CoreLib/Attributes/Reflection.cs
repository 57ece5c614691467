namespace System.Reflection;

/// <summary>Name of the indexer.</summary>
[AttributeUsage(AttributeTargets.All)]
public sealed class DefaultMemberAttribute(string memberName) : Attribute
{
    /// <summary>The argument.</summary>
    public string MemberName { get; } = memberName;
}
