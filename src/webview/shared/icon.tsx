/** A codicon; what it says is said in words beside it. */
export const Icon = ({ name }: { readonly name: string }) => (
  <span className={`codicon codicon-${name}`} aria-hidden="true" />
);

export interface IconButtonProps {
  readonly icon: string;
  readonly label: string;
  readonly pressed?: boolean;
  readonly expanded?: boolean;
  readonly onPress: () => void;
}

/** A button that is an icon alone, with its label as a tooltip. */
export const IconButton = ({ icon, label, pressed, expanded, onPress }: IconButtonProps) => (
  <button
    type="button"
    className="icon-button"
    title={label}
    aria-label={label}
    aria-pressed={pressed}
    aria-expanded={expanded}
    onClick={onPress}
  >
    <Icon name={icon} />
  </button>
);

/** A name that others gave: its direction is its own. */
export const Name = ({ children }: { readonly children: string }) => <bdi className="name">{children}</bdi>;
