using System.Text.RegularExpressions;
using Mono.Cecil;

namespace Tierce.Build.Tests;

/// <summary>The kernel states invariants, and the one that is shipped holds nothing of them.</summary>
public class InvariantTests
{
    /// <summary>What there are today: a change that takes some out says so here.</summary>
    private const int Fewest = 105;

    [Fact]
    public void TheKernelStatesInvariantsAndTheShippedOneDoesNotLook()
    {
        int stated = Directory.EnumerateFiles(PlantedProject.Root + "src/Kernel", "*.cs", SearchOption.AllDirectories)
            .Sum(file => Regex.Count(File.ReadAllText(file), @"\bInvariant\.Holds\("));
        Assert.InRange(stated, Fewest, int.MaxValue);

        // The compiler leaves out each call, with its argument; what nothing calls is not in the image.
        using ModuleDefinition kernel = ModuleDefinition.ReadModule(PlantedProject.Root + "artifacts/bin/Kernel/release/Tierce.Kernel.dll");
        Assert.Contains(kernel.Types, type => type.Name == "Invariant");
        Assert.DoesNotContain(Calls(kernel), method => method.DeclaringType.Name == "Invariant");
        Assert.DoesNotContain("Invariant", File.ReadAllText(PlantedProject.Root + "artifacts/images/kernel.elf.map"), StringComparison.Ordinal);
    }

    private static IEnumerable<MethodReference> Calls(ModuleDefinition module) => module.Types.SelectMany(type => type.Methods)
        .Where(method => method.HasBody)
        .SelectMany(method => method.Body.Instructions)
        .Select(instruction => instruction.Operand)
        .OfType<MethodReference>();
}
