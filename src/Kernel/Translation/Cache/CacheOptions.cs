using System.Runtime.CompilerServices;
using Tierce.Abi;

namespace Tierce.Kernel.Translation.Cache;

/// <summary>The settings that a guest was created with (<see cref="CacheSettings"/>).</summary>
internal struct CacheOptions
{
    private ulong _settings;

    /// <summary>Most roots that stay cached, 0 for no limit.</summary>
    public readonly int RootLimit => 2 * (int)(_settings & CacheSettings.RootsMask);

    /// <summary>Whether guest user may use what its root reaches, whatever the user bits say.</summary>
    public readonly bool IsOpenToUser => (_settings & CacheSettings.OpenToUser) != 0;

    /// <summary>Whether loading a root changes its place on the list.</summary>
    public readonly bool MovesRoots => (_settings & CacheSettings.LeastRecentlyUsed) != 0;

    /// <summary>Whether entries are filled for which the guest has met no fault yet.</summary>
    public readonly bool FillsAhead
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (_settings & CacheSettings.NoFillAhead) == 0;
    }

    /// <summary>Sets them.</summary>
    public void Initialise(ulong settings) => _settings = settings;
}
