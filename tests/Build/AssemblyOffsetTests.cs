using System.Globalization;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;

namespace Tierce.Build.Tests;

/// <summary>
/// The offsets and numbers that assembly sources repeat are those of the C# structs and enumerations, read from the very
/// assemblies that the images are made of. A line that names nothing known fails as well.
/// </summary>
public sealed partial class AssemblyOffsetTests
{
    // Where assembly has a name of its own for a field.
    private static readonly Dictionary<string, (string Field, int Extra)> s_ownNames = new()
    {
        ["VCPU_ERROR"] = ("ErrorCode", 0),
        ["VCPU_CR2"] = ("FaultAddress", 0),
        ["CPU_OTHER_RETURNS"] = ("Counters", 0),
        ["THREAD_XMM0"] = ("Simd", 0),
        ["THREAD_XMM8"] = ("Simd", 16),
        ["ROM_BOUNCE_RAX"] = ("Bounce", 0),
        ["ROM_BOUNCE_R11"] = ("Bounce", 8),
        ["ROM_BOUNCE_RCX"] = ("Bounce", 16),
        ["ROM_BOUNCE_RIP"] = ("Bounce", 24),
        ["ROM_BOUNCE_CS"] = ("Bounce", 32),
        ["ROM_BOUNCE_RFLAGS"] = ("Bounce", 40),
        ["ROM_BOUNCE_RSP"] = ("Bounce", 48),
        ["ROM_BOUNCE_SS"] = ("Bounce", 56),
    };

    public static TheoryData<string, string, int> Lines()
    {
        var lines = new TheoryData<string, string, int>();
        foreach (string file in new[] { "src/Abi/vcpu.inc", "src/Kernel/Arch/X64/cpu.inc", "src/Rom/Entry/rom.inc", "src/RomNative/Entry/native.inc" })
        {
            foreach (string line in File.ReadLines(PlantedProject.Root + file))
            {
                Match match = SetLine().Match(line);
                if (match.Success)
                {
                    lines.Add(file, match.Groups["name"].Value, int.Parse(match.Groups["value"].Value, CultureInfo.InvariantCulture));
                }
                else
                {
                    Assert.True(line.Length == 0 || line[0] == '#', $"{file}: {line}: not understood");
                }
            }
        }

        return lines;
    }

    [Theory]
    [MemberData(nameof(Lines))]
    public void LineTellsTheTruth(string file, string name, int value)
    {
        Assert.NotEmpty(file);
        Assert.Equal(Expected(name), value);
    }

    private static int Expected(string name)
    {
        int split = name.IndexOf('_', StringComparison.Ordinal);
        string prefix = name[..split], rest = name[(split + 1)..].Replace("_", string.Empty, StringComparison.Ordinal);
        if (prefix == "VMCALL")
        {
            return Layout.Of("Abi", "VmCall").Constant(rest);
        }

        if (prefix == "VIRTUAL")
        {
            return Layout.Of("Kernel", "VCpu").Position(rest);
        }

        Layout layout = prefix switch
        {
            "VCPU" => Layout.Of("Abi", "VCpuPage"),
            "CPU" => Layout.Of("Kernel", "PerCpu"),
            "THREAD" => Layout.Of("Kernel", "Thread"),
            "ROM" => Layout.Of("Rom", "RomState"),
            "NATIVE" => Layout.Of("Abi", "NativePage"),
            "STATE" => Layout.Of("RomNative", "NativeState"),
            _ => throw new InvalidOperationException($"{name}: no struct has this prefix"),
        };
        if (name is "ROM_STATE_SIZE" or "STATE_SIZE")
        {
            return layout.Size;
        }

        if (s_ownNames.TryGetValue(name, out (string Field, int Extra) own))
        {
            return layout.Offset(own.Field) + own.Extra;
        }

        // A field of the struct itself, of its entry frame, or one of VMUSR's registers.
        return layout.TryOffset(rest)
            ?? (rest.StartsWith("ENTRY", StringComparison.Ordinal)
                ? layout.Offset("Entry") + Layout.Of("Abi", "EntryFrame").Position(rest[5..])
                : layout.Offset("Usr") + Layout.Of("Abi", "RegisterFrame").Position(rest));
    }

    [GeneratedRegex(@"^\.set (?<name>[A-Z0-9_]+), (?<value>\d+)( +#.*)?$")]
    private static partial Regex SetLine();

    /// <summary>One type in the metadata of a built assembly.</summary>
    private sealed class Layout(MetadataReader reader, TypeDefinition type)
    {
        private static readonly Dictionary<string, PEReader> s_open = [];

        public int Size => type.GetLayout().Size;

        public static Layout Of(string project, string name)
        {
            if (!s_open.TryGetValue(project, out PEReader? file))
            {
                string path = $"{PlantedProject.Root}artifacts/bin/{project}/release/Tierce.{project}.dll";
                s_open[project] = file = new PEReader(File.OpenRead(path));
            }

            MetadataReader reader = file.GetMetadataReader();
            return new Layout(reader, reader.TypeDefinitions.Select(reader.GetTypeDefinition).Single(t => reader.GetString(t.Name) == name));
        }

        public int? TryOffset(string field) => Find(field)?.GetOffset();

        public int Offset(string field) => TryOffset(field) ?? throw new InvalidOperationException($"no field {field}");

        /// <summary>Offset in a struct of 8-byte fields in the order written.</summary>
        public int Position(string field) =>
            8 * Fields().ToList().FindIndex(f => string.Equals(reader.GetString(f.Name), field, StringComparison.OrdinalIgnoreCase)) is >= 0 and int at
                ? at
                : throw new InvalidOperationException($"no register {field}");

        public int Constant(string field)
        {
            FieldDefinition found = Find(field) ?? throw new InvalidOperationException($"no member {field}");
            return reader.GetBlobReader(reader.GetConstant(found.GetDefaultValue()).Value).ReadInt32();
        }

        private FieldDefinition? Find(string field) =>
            Fields().Cast<FieldDefinition?>().FirstOrDefault(
                f => string.Equals(reader.GetString(f!.Value.Name), field, StringComparison.OrdinalIgnoreCase));

        private IEnumerable<FieldDefinition> Fields() => type.GetFields().Select(reader.GetFieldDefinition);
    }
}
