using System.CommandLine;

namespace Tierce.Tool.Commands;

/// <summary>The option <c>--entry</c>, which several commands have.</summary>
internal static class EntryOption
{
    /// <summary>Makes the option.</summary>
    public static Option<string> Create() => new("--entry") { HelpName = "auto|page|patch|patch-more|trap", Description = "How the guest kernel enters the hypervisor's code in it: by its hypercall page, by patched stubs and functions (patch: stubs alone), or by trapping; auto takes the best that the kernel offers", DefaultValueFactory = _ => "auto" };

    /// <summary>What the user gave.</summary>
    /// <exception cref="ToolException">It is no way into the ROM.</exception>
    public static string Read(ParseResult parsed, Option<string> option)
    {
        string entry = parsed.GetValue(option)!;
        return entry is "auto" or "page" or "patch" or "patch-more" or "trap"
            ? entry
            : throw new ToolException($"--entry {entry}: say auto, page, patch, patch-more or trap");
    }
}
