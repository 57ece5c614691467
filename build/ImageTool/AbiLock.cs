using System.Globalization;
using Mono.Cecil;

namespace Tierce.ImageTool;

/// <summary>
/// Holds the ABI to build/abi.lock: a line for every number, constant, size and offset that the images agree on. A line that has gone
/// or changed breaks what was built against it, so the build stops; a new line has to be added to the file, where a review sees it.
/// </summary>
internal static class AbiLock
{
    /// <summary>Every line that the assembly of the ABI stands for, sorted.</summary>
    public static IReadOnlyList<string> Lines(string assembly, IReadOnlyList<string> references)
    {
        using DefaultAssemblyResolver resolver = TypeLayout.Resolver([assembly, .. references]);
        using var definition = AssemblyDefinition.ReadAssembly(assembly, new ReaderParameters { AssemblyResolver = resolver });
        return [.. definition.MainModule.GetTypes().Where(type => type.IsPublic).SelectMany(Describe).Order(StringComparer.Ordinal)];
    }

    /// <summary>What is wrong, a line each; empty if the assembly is as the file says.</summary>
    public static IReadOnlyList<string> Compare(IReadOnlyList<string> locked, IReadOnlyList<string> actual) =>
    [
        .. locked.Except(actual, StringComparer.Ordinal).Select(line => $"the ABI had '{line}': it is append-only, so this must not change or go"),
        .. actual.Except(locked, StringComparer.Ordinal).Select(line => $"'{line}' is new in the ABI: add the line to build/abi.lock"),
    ];

    private static IEnumerable<string> Describe(TypeDefinition type)
    {
        foreach (FieldDefinition constant in type.Fields.Where(field => field.IsPublic && field.IsLiteral))
        {
            yield return $"{type.Name}.{constant.Name} = {Number(constant.Constant)}";
        }

        // A ref struct lies in no memory that images share.
        bool isShared = type.IsValueType && !type.IsEnum && !type.CustomAttributes.Any(attribute => attribute.AttributeType.Name == "IsByRefLikeAttribute");
        if (isShared && type.Fields.Any(field => !field.IsStatic))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{type.Name}: {TypeLayout.SizeOf(type)} bytes");
            foreach ((FieldDefinition field, int offset) in TypeLayout.Fields(type).Where(entry => entry.Field.IsPublic))
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"{type.Name}.{field.Name} at {offset}, {TypeLayout.SizeOf(field.FieldType)} bytes");
            }
        }
    }

    private static string Number(object? constant) => constant is ulong large && large > 0xffff
        ? string.Create(CultureInfo.InvariantCulture, $"0x{large:x}")
        : Convert.ToString(constant, CultureInfo.InvariantCulture) ?? "null";
}
