using System.Globalization;
using System.Text;
using Mono.Cecil;

namespace Tierce.ImageTool;

/// <summary>
/// Writes what assembly must know of the structs and enumerations that carry <c>AssemblyNamesAttribute</c> (src/Abi): one assembler
/// line a name. The types are read from the assembly that the image is compiled from and from those that it references, so the lines
/// cannot differ from the C#.
/// </summary>
internal sealed class AssemblyNames
{
    private const string Attribute = "Tierce.Abi.AssemblyNamesAttribute";

    private readonly SortedDictionary<string, string> _lines = new(StringComparer.Ordinal);

    private AssemblyNames()
    {
    }

    /// <summary>Text of the file for an assembly and its references.</summary>
    /// <exception cref="ImageException">Two fields would have the same name.</exception>
    public static string Write(string assembly, IReadOnlyList<string> references)
    {
        using DefaultAssemblyResolver resolver = TypeLayout.Resolver([assembly, .. references]);
        var names = new AssemblyNames();
        foreach (string path in references.Append(assembly))
        {
            using var definition = AssemblyDefinition.ReadAssembly(path, new ReaderParameters { AssemblyResolver = resolver });
            foreach (TypeDefinition type in definition.MainModule.Types.Where(type => Prefix(type) is not null))
            {
                names.Add(type, Prefix(type)!);
            }
        }

        StringBuilder text = new("# Written by the image tool from the types with AssemblyNamesAttribute.\n");
        foreach ((string name, string value) in names._lines)
        {
            text.Append(".set ").Append(name).Append(", ").Append(value).Append('\n');
        }

        return text.ToString();
    }

    private void Add(TypeDefinition type, string prefix)
    {
        foreach (FieldDefinition constant in type.Fields.Where(field => field.IsLiteral && field.Constant is not (string or bool or null)))
        {
            Line($"{prefix}_{Spell(constant.Name)}", Number(constant.Constant));
        }

        if (!type.IsEnum && type.IsValueType)
        {
            AddFields(type, prefix, 0);
            Line($"{prefix}_SIZE", TypeLayout.SizeOf(type).ToString(CultureInfo.InvariantCulture));
        }
    }

    private void AddFields(TypeDefinition type, string prefix, int start)
    {
        foreach ((FieldDefinition field, int offset) in TypeLayout.Fields(type))
        {
            string? replaced = Prefix(field);
            string name = replaced ?? $"{prefix}_{Spell(field.Name)}";
            if (replaced is null)
            {
                Line(name, (start + offset).ToString(CultureInfo.InvariantCulture));
            }

            if (TypeLayout.Struct(field.FieldType) is { } inner)
            {
                AddFields(inner, name, start + offset);
            }
        }
    }

    private void Line(string name, string value)
    {
        if (!_lines.TryAdd(name, value))
        {
            throw new ImageException($"two fields or constants would both be called {name} in assembly");
        }
    }

    /// <summary>A number as the assembler reads it: hexadecimal where it is an address or a mask.</summary>
    private static string Number(object constant)
    {
        const long LargestDecimal = 0xffff;
        if (constant is ulong large and > LargestDecimal)
        {
            return string.Create(CultureInfo.InvariantCulture, $"0x{large:x}");
        }

        return Convert.ToString(constant, CultureInfo.InvariantCulture)!;
    }

    /// <summary>UserMode: USER_MODE; VCpuPage: VCPU_PAGE; R15: R15.</summary>
    private static string Spell(string name)
    {
        StringBuilder text = new();
        for (int i = 0; i < name.Length; i++)
        {
            if (i > 0 && char.IsUpper(name[i]) && !char.IsUpper(name[i - 1]))
            {
                text.Append('_');
            }

            text.Append(char.ToUpperInvariant(name[i]));
        }

        return text.ToString();
    }

    private static string? Prefix(ICustomAttributeProvider marked) =>
        marked.CustomAttributes.SingleOrDefault(attribute => attribute.AttributeType.FullName == Attribute)?.ConstructorArguments[0].Value as string;
}
