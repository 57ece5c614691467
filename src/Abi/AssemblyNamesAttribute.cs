namespace Tierce.Abi;

/// <summary>
/// Marks what assembly sources refer to by name. For each project the image tool writes a file <c>layout.inc</c> with the offsets of
/// such a type's fields, its constants, its size, and the numbers of its members if it is an enumeration. Assembly includes that file,
/// so no offset is typed twice.
/// </summary>
/// <param name="prefix">
/// First part of every name. Field <c>UserMode</c> of a type with the prefix VCPU is <c>VCPU_USER_MODE</c>, and the type's size in bytes
/// <c>VCPU_SIZE</c>. A field that is a struct itself is followed by its own fields: <c>VCPU_ENTRY_RIP</c>. On such a field the attribute
/// replaces that name: with the prefix VCPU on the field <c>Usr</c> its registers are <c>VCPU_RAX</c> and so on.
/// </param>
[AttributeUsage(AttributeTargets.Struct | AttributeTargets.Class | AttributeTargets.Enum | AttributeTargets.Field)]
public sealed class AssemblyNamesAttribute(string prefix) : Attribute
{
    /// <summary>First part of every name.</summary>
    public string Prefix { get; } = prefix;
}
