using Mono.Cecil;

namespace Tierce.ImageTool;

/// <summary>Where the fields of a struct lie, by the rules of the x86-64 C# compiler: explicit, or sequential with natural alignment.</summary>
internal static class TypeLayout
{
    private const int Pointer = 8;

    /// <summary>Finds the types that assemblies name in each other, by the folders in which these assemblies lie.</summary>
    public static DefaultAssemblyResolver Resolver(IEnumerable<string> assemblies)
    {
        var resolver = new DefaultAssemblyResolver();
        foreach (string folder in assemblies.Select(path => Path.GetDirectoryName(Path.GetFullPath(path))!).Distinct())
        {
            resolver.AddSearchDirectory(folder);
        }

        return resolver;
    }

    /// <summary>Every instance field with its offset in bytes.</summary>
    public static IReadOnlyList<(FieldDefinition Field, int Offset)> Fields(TypeDefinition type)
    {
        List<(FieldDefinition, int)> fields = [];
        int next = 0;
        foreach (FieldDefinition field in type.Fields.Where(field => !field.IsStatic))
        {
            int offset = type.IsExplicitLayout ? field.Offset : Align(next, Alignment(field.FieldType));
            fields.Add((field, offset));
            next = offset + SizeOf(field.FieldType);
        }

        return fields;
    }

    /// <summary>Size in bytes.</summary>
    public static int SizeOf(TypeReference type) => Struct(type, fixedBuffers: true) is { } composite ? SizeOf(composite) : PrimitiveSize(type);

    /// <summary>Size in bytes of a struct, with what its declaration adds at the end.</summary>
    public static int SizeOf(TypeDefinition type)
    {
        int end = Fields(type).Select(field => field.Offset + SizeOf(field.Field.FieldType)).DefaultIfEmpty(1).Max();
        return Math.Max(type.ClassSize, type.IsExplicitLayout ? end : Align(end, Alignment(type)));
    }

    /// <summary>The struct that a field's type is; null for numbers, enumerations, pointers and fixed buffers.</summary>
    public static TypeDefinition? Struct(TypeReference type) => Struct(type, fixedBuffers: false);

    private static TypeDefinition? Struct(TypeReference type, bool fixedBuffers)
    {
        if (type.MetadataType != MetadataType.ValueType)
        {
            return null;
        }

        TypeDefinition definition = type.Resolve() ?? throw new ImageException($"the type {type.FullName} is in none of the referenced assemblies");
        bool isBuffer = definition.Name.Contains("e__FixedBuffer", StringComparison.Ordinal);
        return definition.IsEnum || (isBuffer && !fixedBuffers) ? null : definition;
    }

    private static int Alignment(TypeReference type)
    {
        if (Struct(type, fixedBuffers: true) is not { } composite)
        {
            return PrimitiveSize(type);
        }

        int natural = composite.Fields.Where(field => !field.IsStatic).Select(field => Alignment(field.FieldType)).DefaultIfEmpty(1).Max();
        return composite.PackingSize > 0 ? Math.Min(natural, composite.PackingSize) : natural;
    }

    private static int PrimitiveSize(TypeReference type) => type.MetadataType switch
    {
        MetadataType.Boolean or MetadataType.Byte or MetadataType.SByte => 1,
        MetadataType.Char or MetadataType.Int16 or MetadataType.UInt16 => 2,
        MetadataType.Int32 or MetadataType.UInt32 or MetadataType.Single => 4,
        MetadataType.Int64 or MetadataType.UInt64 or MetadataType.Double => 8,
        MetadataType.Pointer or MetadataType.FunctionPointer or MetadataType.IntPtr or MetadataType.UIntPtr => Pointer,
        MetadataType.ValueType => PrimitiveSize(type.Resolve().Fields.Single(field => !field.IsStatic).FieldType),
        _ => throw new ImageException($"a field of type {type.FullName} has no layout that assembly could use"),
    };

    private static int Align(int offset, int alignment) => (offset + alignment - 1) / alignment * alignment;
}
