using Tierce.Kernel.Processors;

namespace Tierce.Kernel.Objects;

/// <summary>
/// Destroys domains, in bounded steps. A domain that is destroyed may hold the last capability of another. Such domains go on a stack of
/// their own instead of the kernel's, so that no chain of domains can make the kernel recurse.
/// </summary>
public static unsafe class Reaper
{
    private static Domain* top;

    /// <summary>Begins the destruction of a domain, once.</summary>
    public static void Add(PerCpu* cpu, Domain* domain)
    {
        if (!domain->Object.Dying)
        {
            Invariant.Holds(domain->Object.Kind == ObjectKind.Domain && domain->NextDying == null);
            domain->Object.Dying = true;
            domain->NextDying = top;
            top = domain;
        }
    }

    /// <summary>Works until no domain waits (returns true) or the budget is used up (returns false).</summary>
    public static bool Run(PerCpu* cpu, ref int budget)
    {
        while (top != null)
        {
            Domain* domain = top;
            if (Domain.Reap(cpu, domain, ref budget))
            {
                // No other domain was pushed in the step that finished this one, so it is still the top.
                Invariant.Holds(top == domain && domain->Object.Dying && domain->FirstObject == null && domain->FirstMapping == null);
                top = domain->NextDying;
                Domain.Release(domain);
            }
            else if (budget <= 0)
            {
                return false;
            }
        }

        return true;
    }
}
