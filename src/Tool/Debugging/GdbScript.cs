using Tierce.Tool.Host;

namespace Tierce.Tool.Debugging;

/// <summary>The commands that gdb gets first: the symbols of every piece, each at the address where it runs, and the machine.</summary>
internal static class GdbScript
{
    /// <summary>Images other than the kernel's: the ROM, then the programs of ring 3, whose addresses do not overlap.</summary>
    private static readonly string[] s_images = ["rom.elf", "root", "monitor", "console"];

    /// <summary>Paths of the images with symbols; the kernel first.</summary>
    public static IEnumerable<string> Symbols(Repository tree) => s_images.Prepend("kernel.elf").Select(tree.Image);

    /// <summary>Makes the script.</summary>
    public static string Make(IEnumerable<string> symbols, string machine)
    {
        string[] all = [.. symbols];
        return string.Join('\n',
        [
            "set pagination off",
            "set confirm off",
            "set architecture i386:x86-64",
            $"file {all[0]}",
            .. all.Skip(1).Select(image => $"add-symbol-file {image}"),
            $"target remote {machine}",
            string.Empty,
        ]);
    }
}
